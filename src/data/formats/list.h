/* The formats of data sets: FORMAT(NAME) stands for FORMAT_NAME in NAME.c. The first is assumed
 * where no file is known. */
FORMAT(mnist)
FORMAT(cifar10)
FORMAT(images)
FORMAT(synthetic)
